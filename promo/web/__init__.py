"""What every page stands on: who asks, pages, forms, filters, errors, transactions."""
