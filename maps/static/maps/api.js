// The interface, described by its own document, with a form to try each address.
"use strict";

(() => {
  const target = document.getElementById("api-docs");
  window.SwaggerUIBundle({
    url: target.dataset.document,
    domNode: target,
    deepLinking: true,
    defaultModelsExpandDepth: -1,
    docExpansion: "list",
    // Nothing is asked of a validator elsewhere.
    validatorUrl: null,
    supportedSubmitMethods: ["get"],
  });
})();
