"""Signing: the bytes of a certificate go in, the same bytes with a signature behind them come out."""
