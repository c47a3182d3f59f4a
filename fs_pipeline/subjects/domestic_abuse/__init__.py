"""Police contacts and domestic abuse: I01 to I04, I47 to I49, I66a, X08 to X10, indicators 17 to 20."""
