"""The press: facts and a template go in, the bytes of a certificate come out."""
