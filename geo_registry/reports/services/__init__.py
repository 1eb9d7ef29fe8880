"""What is done with reports, from their arrival to their answer."""
