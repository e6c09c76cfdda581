"""Lightning: payees' own nodes write invoices, and say what was paid."""
