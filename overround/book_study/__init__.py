"""What a bookmaker's book comes to on a recording, through the very stages that run live."""
