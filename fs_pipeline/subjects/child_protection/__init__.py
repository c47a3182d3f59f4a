"""Child protection plans: R10 to I22, indicators 1 to 3."""
