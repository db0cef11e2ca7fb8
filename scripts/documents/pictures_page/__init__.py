"""What models of pictures learn from emoji and photographs, and the page that shows it."""
