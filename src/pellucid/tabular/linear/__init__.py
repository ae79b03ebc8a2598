"""The linear model beside the networks."""
