"""The demonstration province: invented people on roster files of the official forms, led through the whole job."""
