class RayError(Exception):
    pass


class ActorDiedError(RayError):
    pass
