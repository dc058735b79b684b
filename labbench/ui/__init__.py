"""What is seen: models of the window's state (QObjects without widgets), views, themes."""
