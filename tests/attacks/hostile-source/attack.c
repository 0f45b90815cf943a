#error "=1+1 </script><script>alert(1)</script> [2J ‮ txet"
#line 1 "=HYPERLINK(1)</pre><b>"
int broken = ;
