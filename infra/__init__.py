"""What surrounds the product: deployment, and the parts of a run on one machine."""
