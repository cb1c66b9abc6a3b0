"""The number book, the certificates in it, and the page where anybody can check one."""
