import random, sys
import pytest
from tests.children import Writer
from tests.invariants import violations, named, stored
from tests.conftest import upload
from tests.testapp.models import Photo
pytestmark = pytest.mark.django_db(transaction=True)
PAIRS=[("replace","replace"),("replace-in-transaction","replace-in-transaction"),("replace","replace-source"),("replace","retitle"),("replace","retitle-without-source"),("replace","clear")]
@pytest.mark.parametrize("pair",PAIRS)
def test_race(pair, media, capsys):
    rnd=random.Random(1)
    row=Photo.objects.create(image=upload())
    bad=[];left=set();tot=0;empty=0
    with Writer(media) as a, Writer(media) as b:
        for n in range(100):
            for who,(w,do) in enumerate(zip((a,b),pair)):
                o=dict(pk=row.pk,wait=rnd.random()*0.02,think=rnd.random()*0.02)
                if do.startswith("replace"): o|=dict(name=f"{n}-{who}.jpg",colour=f"#{rnd.randrange(1<<24):06x}")
                if do.startswith("retitle"): o|=dict(title=str(n))
                w.tell(do,**o)
            a.answer();b.answer()
            rows=list(Photo.objects.all())
            bad+=violations(rows,media)
            empty+= bool(rows[0].image and not rows[0].thumbnail)
            l=stored(media)-named(rows)
            left|=l
    with capsys.disabled(): print(pair,"violations",len(bad),"leftovers",len(left),"without",empty, bad[:1])
