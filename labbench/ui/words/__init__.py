"""Wake words in the window: teaching, takes, distances, learning from time, the room, ways of hearing."""
