"""Police contacts and domestic abuse: I01 to I04, indicators 17 to 20."""
