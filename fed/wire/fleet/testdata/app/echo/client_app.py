"""A node that runs an app of the network would answer nothing here."""

from flwr.clientapp import ClientApp

app = ClientApp()
