"""The interactive page: its equations in JavaScript, its sessions and its local server."""
