"""Files that the program ships: icons, translations, the starter model, the sample letter."""
