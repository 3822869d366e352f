"""All routes of the matchmaking, by who they are for."""

from litestar.types import ControllerRouterHandler

from forum.matchmaking import api, web_candidate, web_companies, web_meeting, web_recruiter, web_recruiter_meeting, web_runs, web_studio, web_team

ROUTES: list[ControllerRouterHandler] = [
    *web_companies.ROUTES, *web_candidate.ROUTES, *web_meeting.ROUTES, *web_recruiter.ROUTES, *web_recruiter_meeting.ROUTES,
    *web_team.ROUTES, *web_studio.ROUTES, *web_runs.ROUTES, *api.ROUTES,
]  # fmt: skip
