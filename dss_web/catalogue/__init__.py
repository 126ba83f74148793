"""The catalogue: all datasets, published and uploaded, as people find them, understand them and take them."""
