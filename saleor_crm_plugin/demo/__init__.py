"""The demo: the demo shop is made, the real CRM runs in it, and a page shows what happened and why."""
