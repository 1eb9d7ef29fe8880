"""The kinds of file that describe the ground. Other apps bring theirs."""
