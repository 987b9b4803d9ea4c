"""Which steps an Application gets, and where: pure rules over plain data."""
