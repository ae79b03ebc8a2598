"""The interactive page: its sessions, its local server, its widget, and the file it is saved as."""
