"""The matchmaking engine: who meets whom, when and where, with a proof. Pure: files in, plan out; no web, no database."""
