"""The steps that bring the tables of a store from one version of the bridge to the next."""
