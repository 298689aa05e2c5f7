"""What the demo company is made of: its products, regions, segments, stages, sources and word lists. Only constants."""

from __future__ import annotations

NAME = "Tessaline Controls"

# name, family, list price, share of deals, size of a deal against the segment's
PRODUCTS = (
    ("Flowgauge S", "Sensors", 240, 0.20, 0.8),
    ("Flowgauge Pro", "Sensors", 620, 0.17, 1.1),
    ("Heatwatch", "Sensors", 380, 0.15, 0.9),
    ("Line Monitor", "Software", 1150, 0.16, 1.2),
    ("Plant Console", "Software", 2900, 0.09, 1.6),
    ("Field Kit", "Service", 160, 0.10, 0.6),
    ("Care Plan", "Service", 450, 0.13, 0.9),
)

# region -> territory, seats of forty, deals a seat finds against the average, addressable accounts per account on file
TERRITORIES = {
    "East": (("Boston", 4, 1.05, 2.1), ("New York", 4, 1.20, 2.8), ("Philadelphia", 3, 0.90, 1.7)),
    "Central": (("Chicago", 5, 1.10, 2.4), ("Minneapolis", 3, 0.80, 1.5)),
    "South": (("Atlanta", 3, 0.95, 1.9), ("Dallas", 3, 1.15, 2.6)),
    "West": (("Denver", 5, 0.85, 1.6), ("Los Angeles", 5, 1.10, 2.5), ("Seattle", 5, 1.00, 2.0)),
}

# segment -> share of seats, deals per seat and quarter, median deal, cycle against the average
SEGMENTS = {
    "SMB": (0.40, 72, 5200, 0.80),
    "Mid-market": (0.40, 64, 11500, 1.0),
    "Enterprise": (0.20, 50, 26000, 1.35),
}

# stage -> the CRM's default probability, the share that passes it, its forecast category
STAGES = {
    "Qualification": (0.10, 0.85, "Pipeline"),
    "Discovery": (0.25, 0.85, "Pipeline"),
    "Proposal": (0.50, 0.70, "Best case"),
    "Negotiation": (0.75, 0.80, "Commit"),
}
WON, LOST = "Closed Won", "Closed Lost"
STAGE_NAMES = (*STAGES, WON, LOST)
PROBABILITIES = (*(row[0] for row in STAGES.values()), 1.0, 0.0)
CATEGORIES = (*(row[2] for row in STAGES.values()), "Closed", "Omitted")
PASSES = tuple(row[1] for row in STAGES.values())
WON_CODE, LOST_CODE = len(STAGES), len(STAGES) + 1

LOSS_REASONS = ("No need", "No budget", "No answer", "Bad timing", "Missing feature", "Competitor", "Price", "Terms")
# per stage: how often each reason is given
LOSS_WEIGHTS = (
    (0.38, 0.24, 0.30, 0.08, 0.00, 0.00, 0.00, 0.00),
    (0.22, 0.24, 0.14, 0.24, 0.16, 0.00, 0.00, 0.00),
    (0.04, 0.10, 0.08, 0.10, 0.14, 0.26, 0.28, 0.00),
    (0.00, 0.06, 0.06, 0.10, 0.02, 0.24, 0.32, 0.20),
)

# source -> share of deals, cost of a lead
SOURCES = {
    "Website": (0.32, 45),
    "Referral": (0.20, 20),
    "Partner": (0.17, 70),
    "Outbound": (0.21, 85),
    "Event": (0.10, 95),
}
EVENT_COST = 240

SEASON = (0.96, 1.00, 1.06, 1.01, 1.00, 1.03, 0.95, 0.92, 1.06, 1.05, 1.02, 0.94)
GROWTH = 0.03

INDUSTRIES = ("Food and drink", "Chemicals", "Pharma", "Paper", "Metals", "Plastics", "Energy", "Water")

# name, month's price of a licence, licences per rep, share of licences in use at the start and at the end
TOOLS = (
    ("Customer database", 75, 1.10, 0.93, 0.97),
    ("Dialler", 40, 1.00, 0.78, 0.81),
    ("Quote builder", 30, 1.05, 0.52, 0.84),
    ("Call recorder", 55, 1.15, 0.62, 0.34),
)

FIRST_NAMES = (
    "Aaliyah", "André", "Anneke", "Arjun", "Beatriz", "Björn", "Chloé", "Daniela", "Diego", "Elif", "Emeka", "Fatima",
    "Finn", "Grace", "Hana", "Hyun-woo", "Ingrid", "Ivan", "Jamal", "José", "Kateřina", "Kwame", "Leilani", "Lukas",
    "Maeve", "Marcus", "Mei", "Nadia", "Naoki", "Olga", "Oluwaseun", "Priya", "Rafael", "Renée", "Samuel", "Sofía",
    "Tomasz", "Valentina", "Viktor", "Yasmin", "Zoë", "Zuri",
)  # fmt: skip
LAST_NAMES = (
    "Abara", "Almeida", "Bakker", "Banerjee", "Bianchi", "Björk", "Carter", "Çelik", "Chen", "Cohen", "Dubois",
    "Eriksen", "Fitzgerald", "Fuentes", "García", "Haddad", "Hughes", "Ivanova", "Jansen", "Kaya", "Kimura", "Kowalski",
    "Lindqvist", "Martínez", "Mbeki", "Moreau", "Müller", "Nakamura", "Nguyen", "Novák", "Okafor", "Oliveira", "Park",
    "Patel", "Quinn", "Rossi", "Schäfer", "Singh", "Thompson", "Torres", "Vega", "Weber", "Yildiz",
)  # fmt: skip
MANAGERS = {
    "East Commercial": "Carmen Delacroix",
    "East Strategic": "Tobias Lindholm",
    "Central": "Amara Nwosu",
    "South": "Walter Reyes",
    "West Commercial": "Noor van Dijk",
    "West Strategic": "Haruto Ishikawa",
}

PLACE_WORDS = (
    "Alder", "Amber", "Ash", "Aspen", "Bay", "Beacon", "Birch", "Bluff", "Briar", "Canyon", "Cedar", "Clear", "Cliff",
    "Clover", "Copper", "Coral", "Crane", "Crystal", "Dune", "Eagle", "Elder", "Elm", "Ember", "Fern", "Field", "Flint",
    "Fox", "Garnet", "Glen", "Granite", "Green", "Grove", "Hawk", "Hazel", "Heather", "High", "Iron", "Ivy", "Jade",
    "Juniper", "Lake", "Larch", "Laurel", "Linden", "Long", "Maple", "Marble", "Meadow", "Mesa", "Mill", "Moss",
    "North", "Oak", "Ochre", "Olive", "Opal", "Orchard", "Pearl", "Pine", "Prairie", "Quarry", "Raven", "Red", "Ridge",
    "River", "Rock", "Rowan", "Sage", "Salt", "Sand", "Silver", "Slate", "Spruce", "Stone", "Summit", "Thorn", "Timber",
    "Valley", "Willow", "Winter",
)  # fmt: skip
PLACE_ENDS = (
    "bank", "bend", "bridge", "brook", "bury", "cliff", "crest", "dale", "ditch", "falls", "field", "ford", "gate",
    "grove", "haven", "hill", "holm", "hurst", "land", "lea", "marsh", "mere", "mont", "moor", "mouth", "pass", "point",
    "port", "reach", "ridge", "shore", "side", "spring", "stead", "ton", "vale", "view", "ville", "water", "wick",
    "wood", "worth",
)  # fmt: skip
TRADES = (
    "Aggregates", "Bakeries", "Beverages", "Bottling", "Brewing", "Castings", "Cement", "Ceramics", "Chemicals",
    "Coatings", "Dairy", "Foods", "Foundry", "Fuels", "Glass", "Labs", "Milling", "Packaging", "Paper", "Pharma",
    "Plastics", "Polymers", "Power", "Refining", "Resins", "Rubber", "Steel", "Textiles", "Water", "Yards",
)  # fmt: skip
