"""What a person reads, in their language: from English, as everything is worded, by tables."""
