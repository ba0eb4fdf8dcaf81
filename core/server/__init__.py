"""The core server: recipes over HTTP on this machine alone; see docs/server.md."""
