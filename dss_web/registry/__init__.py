"""Every table that both halves touch: what is loaded, what was uploaded, what data-flow was told."""
