"""Dataset tables out: pages of rows as JSON, for clients that sign their requests with HAWK."""
