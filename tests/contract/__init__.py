"""What every store must do, whatever database is below."""
