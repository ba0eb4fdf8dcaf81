"""Which of the sitter's photos to work from, and each as the studio loads it."""
