"""ICPay's own clients, as npm has them, against our server and a chain with a real dollar."""
