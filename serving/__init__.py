"""People: the command line, the monthly job, the service and its pages."""
