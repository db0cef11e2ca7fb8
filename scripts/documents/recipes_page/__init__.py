"""What every recipe learns from the same digits, and the page that shows it."""
