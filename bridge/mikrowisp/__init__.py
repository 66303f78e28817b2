"""The MikroWISP panel over HTTP and over its database; the panel's Spanish names stop here."""
