"""What the containers of pictures say, one file for each, read by the standard library without decoding.

Every reader has two functions. `read` returns what the header says, or refuses the file. `clean` returns the
stream that a decoder is to see: the first picture, or all frames, and nothing else.
"""
