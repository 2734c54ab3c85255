# Scripts in renewal-hooks stop and start nginx.
# renewal: works
# nginx: has the new certificate
# says:
cd /etc/letsencrypt/renewal-hooks
mkdir -p pre post
printf '#!/bin/sh\nsystemctl stop nginx\n' >pre/nginx.sh
printf '#!/bin/sh\nsystemctl start nginx\n' >post/nginx.sh
chmod +x pre/nginx.sh post/nginx.sh
rm deploy/nginx
systemctl stop nginx
certbot certonly --standalone --domain example.com
systemctl start nginx
enable tls
