"""The step definitions: putting the shipped files together from their sources, and what is generated from them."""
