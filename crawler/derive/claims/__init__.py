"""What requests, forms, frames and pages are for, and where one side hands over to the other."""
