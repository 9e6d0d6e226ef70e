"""What is drawn: screens, dialogs and widgets."""
