"""What each verb takes and calls."""
