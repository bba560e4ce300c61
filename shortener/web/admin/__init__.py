"""The admin site, for those who run the installation. Django finds it by this name."""

from shortener.web.admin import domains, jobs, links, overview, people, reports, site_settings

__all__ = ["domains", "jobs", "links", "overview", "people", "reports", "site_settings"]
