"""Long work beside the window: tasks in threads, their ends as Qt signals."""
