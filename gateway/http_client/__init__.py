"""Requests to other people's servers, which may lead nowhere that nobody meant.

Who names a host does not decide where it leads: a name server does, anew for each question. So each name is
looked up once, its addresses are judged, and the connection goes to one of those that were judged. Redirects
are followed on the same host only, and answers are bounded in time and size.
"""

from gateway.http_client.client import HttpClient, HttpFault, HttpQuestion, HttpReply

__all__ = ("HttpClient", "HttpFault", "HttpQuestion", "HttpReply")
