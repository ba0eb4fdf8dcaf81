"""What the steps do: thin functions from links and constants to the core's own calls and back."""
