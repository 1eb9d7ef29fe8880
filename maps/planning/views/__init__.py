"""The workspace's pages: each reads its question, calls one service and shows what came of it."""
