"""What a person does at the bridge instead of in the panel: each deed is checked, then written whole."""
