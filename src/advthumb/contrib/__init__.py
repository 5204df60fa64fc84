"""What other packages need of advthumb: each module imports one of them."""
