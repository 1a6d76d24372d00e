"""Trade missions (*misiones comerciales*): firms that travel together to meet counterparts."""
