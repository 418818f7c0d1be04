"""What may be asked of the control API, a module for each thing that is asked about."""
