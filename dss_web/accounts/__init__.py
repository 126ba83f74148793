"""Who people are and what they may do: login through staff-sso."""
